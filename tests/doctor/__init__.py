"""infra/doctor: each fault is put into something healthy, and its finding has to appear, and not before.

google.py            a healthy project, and a `gcloud` that answers with it
dns_server.py        a DNS server with the records that a test gives it
"""
