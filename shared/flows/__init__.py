"""One file per deployed function or kind of work: the order of its steps. Flows do not import each other."""
