"""Bytes to page text: every visible block, with its region and a label where it is boilerplate.

bytes ─ decode ─ parse (document) ─ blocks (regions, tables, metadata) ─ main_content ─ boilerplate ─ articles ─► PageText
                                          plain text and PDF join here ──────────┘
process runs all of it in a worker process that can be killed.
"""
