"""dossierlink on one machine, with stand-ins for everything around it: `make run` and `make demo`.

__main__.py    `make run`: starts everything, until Ctrl-C
run.py         wires everything on one port: functions, stand-ins, queue, mailbox, scheduler, pages
functions.py   the deployed functions, under /functions/
pages.py       the first page
scheduler.py   Cloud Scheduler
reset.py       forgets what dossierlink stored when a stand-in is reset
demo.yaml      the settings of the two cooperations
demo/          `make demo`
"""
