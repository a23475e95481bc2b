"""The only place with effects: each module fulfils one port."""
