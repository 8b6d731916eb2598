"""OData 4.0: what a program asks, and the answer. `answer.py` has the addresses."""
