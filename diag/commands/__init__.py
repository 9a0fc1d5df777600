"""The commands beside the doctor: one file each, with a click command named `command`."""
