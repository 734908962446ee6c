import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { THEMES, type Theme } from '../contract';

const THEME_LABELS: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };

export interface MenuActions {
  readonly openFolder: () => void;
  readonly chooseTheme: (theme: Theme) => void;
}

/** Puts the menu up, with a mark at `theme`. Call again when it changed. */
export function showMenu(theme: Theme, actions: MenuActions): void {
  const mac = process.platform === 'darwin';
  const themes = THEMES.map(
    (each): MenuItemConstructorOptions => ({
      label: THEME_LABELS[each],
      type: 'radio',
      checked: each === theme,
      click: () => {
        actions.chooseTheme(each);
      },
    }),
  );
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        { label: 'Open folder…', accelerator: 'CommandOrControl+O', click: actions.openFolder },
        { type: 'separator' },
        mac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { label: 'Theme', submenu: themes },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
      ],
    },
    { role: 'help', submenu: [{ role: 'about' }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
