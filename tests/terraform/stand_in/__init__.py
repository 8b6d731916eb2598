"""A stand-in for the Terraform provider of Google Cloud: real Terraform talks to it, and no cloud does.

schema.py     reads a provider's schema, and plans and checks values by it
messages.py   Terraform's plugin protocol 5, as messages of gRPC
provider.py   answers the calls of the protocol
server.py     serves them as Terraform expects of a plugin
__main__.py   what Terraform starts
mirror.py     the folder from which `terraform init` installs it
"""
