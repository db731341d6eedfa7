/** What `make` gives, made when it is first asked for and then the same for all who ask; so is its failure. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
