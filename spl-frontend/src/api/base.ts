/** Where the console lives, ending with a slash: the server writes it into the page's `<base>`. */
export function base(): string {
  return new URL('.', document.baseURI).href;
}

/** The path of `base()`, without its last slash: what the router leaves out of its own paths. */
export function basePath(): string {
  return new URL(base()).pathname.replace(/\/$/, '');
}

/** The address of something of the API, for links and downloads. */
export function apiUrl(path: string): string {
  return new URL(`api${path}`, base()).href;
}
