"""Requests to judged images: one ``drive()``, one way to render and to assess, one place that classifies failures."""
