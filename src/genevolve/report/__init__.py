"""Self-contained HTML pages for people: no scripts, no outside resources, images inside."""
