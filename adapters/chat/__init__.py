"""Language models behind the port of domain/chat.py, and wrappers of the same port."""
