"""Programs for who works on gan-tui; none of them is part of the package."""
