import type { Inspector } from '../../inspector';

/** The same inspector; the name of each method that somebody calls is added to `calls`. */
export function watchCalls(inspector: Inspector, calls: string[]): Inspector {
  return new Proxy(inspector, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(member, target, args);
      };
    },
  });
}
