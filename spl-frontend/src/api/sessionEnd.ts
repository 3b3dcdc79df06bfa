type Listener = () => void;

const listeners = new Set<Listener>();

/** Tells whoever listens that the server does not take our session any more. */
export const sessionEnded = {
  tell(): void {
    for (const listener of listeners) listener();
  },
  listen(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
