"""Exports: the data set in the forms that trainers read. Each is a view; nothing is asked.

```
exporting  a run to a file, a folder or the Hub
options    what may be asked of an export
rows       which rows: filters, order, limit
formats    the table of formats, and a function of the user's own
  records    JSON, one record a row
  openai_rules  chats, held against OpenAI's rules
  columns    rows as a typed table, CSV and Parquet
folder     a data set folder with splits
  card       its README.md
atomic     files and folders that appear whole or not at all
```
"""
