"""HTML for people: Jinja templates, one style sheet, little plain JavaScript, a strict content security policy."""
