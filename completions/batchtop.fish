# fish completion for batchtop: the installed program knows what it takes.
batchtop completion fish 2>/dev/null | source
