"""The plain twins of the panes: one subcommand a file, over the same services, without Textual."""
