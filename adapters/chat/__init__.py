"""Language models behind the port `ChatModel`, and wrappers of the same port."""
