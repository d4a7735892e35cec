"""Backup and restore of a collector.

- `contents`: what belongs in it, and what is sealed there
- `archive`: the file, written and read member by member
- `seal`: who made it had the master key
- `proving`: whether it may be believed
- `making`: from a collector's folder, which may be in use, to a file
- `restoring`: from a file to an empty folder
- `generations`: names of files, and which are dropped
- `note`: what the data folder says of the last backup
"""
