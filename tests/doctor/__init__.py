"""infra/doctor: each fault is put into something healthy, and its finding has to appear, and not before.

google.py            a healthy project, and a `gcloud` that answers with it
settings.py          settings without a fault
site.py              the functions as callers from outside see them
mail_server.py       a mail server that wants a login
dns_server.py        a DNS server with the records that a test gives it
"""
