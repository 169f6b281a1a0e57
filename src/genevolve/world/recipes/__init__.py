"""Recipes of requests: pictures that are intended, their wordings, claims and ground truths, from a seed alone."""
