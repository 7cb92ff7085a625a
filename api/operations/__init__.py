"""Operations: what a route or a command does that takes more than one call of the domain."""
