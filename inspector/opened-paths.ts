/** The paths that an operator opened, and the sources that each led to. */
export class OpenedPaths {
  readonly #sourcesOf = new Map<string, Set<string>>();

  /** A path that led to nothing is not kept. */
  add(path: string, sourceIds: readonly string[]): void {
    if (sourceIds.length > 0) this.#sourcesOf.set(path, new Set(sourceIds));
  }

  /** A path is forgotten with the last of its sources. */
  forgetSource(sourceId: string): void {
    for (const [path, sourceIds] of this.#sourcesOf) {
      sourceIds.delete(sourceId);
      if (sourceIds.size === 0) this.#sourcesOf.delete(path);
    }
  }

  /** In the order in which they were first opened. */
  list(): readonly string[] {
    return [...this.#sourcesOf.keys()];
  }
}
