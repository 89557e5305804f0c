"""The command line of the console: its language (pure), the table of its commands, and how they are carried out."""
