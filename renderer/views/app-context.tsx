import { createContext, type ReactNode, useContext } from 'react';
import { useStore } from 'zustand';
import type { App } from '../store/app';
import type { AppState } from '../store/state';

const AppContext = createContext<App | null>(null);

export function AppProvider({ app, children }: { readonly app: App; readonly children: ReactNode }): ReactNode {
  return <AppContext.Provider value={app}>{children}</AppContext.Provider>;
}

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error('This view stands outside of the application.');
  return app;
}

/** A part of the state; the view renders again when that part changes. */
export function useAppState<T>(select: (state: AppState) => T): T {
  return useStore(useApp().store, select);
}

/** The host's clock in unix ms, moving once a second. */
export function useNow(): number {
  const app = useApp();
  const ahead = useAppState((state) => state.clockAheadMs);
  return useStore(app.ticker, (tick) => tick.nowMs) + ahead;
}
