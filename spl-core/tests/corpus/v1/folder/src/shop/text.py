def clean(code):
    return code.strip().upper()
