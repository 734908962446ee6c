import { useEffect } from 'react';
import { useAppState } from './app-context';

/** Puts the chosen theme on the page; `system` leaves it to the system. */
export function useTheme(): void {
  const theme = useAppState((state) => state.hello?.settings.theme ?? 'system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}
