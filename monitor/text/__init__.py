"""Bytes to page text: every visible block, with its region and a label where it is boilerplate.

    bytes ─ decode ─ document ─ blocks (regions, tables), metadata ─ boilerplate ─ articles ─ main_content ─┐
                 └─ plain, pdf: lines ───────────────────────────────── boilerplate ─ articles ─────────────┴─ assemble

`extract` is the door; `process` runs it in a worker process that can be killed; `stored` writes the result as bytes.
"""
