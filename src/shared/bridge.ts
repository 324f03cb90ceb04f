/**
 * The only thing the page sees of the other side: `window.bridge`. Two members, for ever:
 * features travel inside `call` by name, so that adding one never widens what a page can reach.
 */
export interface Bridge {
  /** Resolves to the result envelope of the call; the renderer's client checks and unwraps it. */
  call(name: string, input: unknown): Promise<unknown>
  /** Returns the function that ends the subscription. */
  on(event: string, listener: (payload: unknown) => void): () => void
}
