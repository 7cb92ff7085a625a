"""The commands of `twin`.

Each imports what it needs when it runs: to show the help of all of them, or to complete a word,
is a matter of a moment.
"""
