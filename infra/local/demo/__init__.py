"""`make demo`: plays a campaign of ten residents in two cooperations over HTTP, and checks the result.

__main__.py      the order of the steps
campaign.py      what each step does and waits for
residents.py     who takes part
sign_up_page.py  a browser without JavaScript
reports.py       what programs and agendas read at the end
client.py        asks the stand-ins and the mailbox what they hold
local_run.py     `make run` as a process that can be killed
"""
