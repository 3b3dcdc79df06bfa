def number(text):
    return float(text)
