/** Hands what a second start asked for to `take`, but not before this start is done; where it fails, to nobody. */
export function onceStarted<T>(started: Promise<unknown>, take: (asked: T) => void): (asked: T) => void {
  return (asked) => {
    void started.then(
      () => take(asked),
      () => undefined,
    );
  };
}
