"""What this machine is: model, disks, system, protection. Read rarely, in a process that exits.

Only what the law lets a machine's owner keep: nothing names a person, a file, or a program that is
not on the list of office suites (`docs/agent.md`).
"""
