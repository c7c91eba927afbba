"""Exports: the data set in the forms that trainers read. Each is a view; nothing is asked.

```
exporting  a run to a file, a data set folder with splits, or the Hub
  card       the folder's README.md
options    what may be asked of an export
rows       which rows: filters, order, limit
  row        a row, and what a file may need of it
formats    the table of formats, and a function of the user's own
  records    JSON, one record a row; OpenAI's rules
  columns    rows as a typed table, CSV and Parquet
  trainers   folders of trainers: a table of files each
folders    a trainer's folder: prompts parted by stage and split, then written
```
"""
