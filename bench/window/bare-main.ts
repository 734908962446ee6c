import { watch } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow } from 'electron';

// The floor: a window with a static page. With a ledger folder, the bare pipe from its watch to that page.

const PAGE = `<!doctype html><title>bare</title><p class="cell-holder">nobody</p>`;
const [home = '', ledger = ''] = process.argv.slice(-2);

app.setPath('userData', join(home, 'electron'));
void app.whenReady().then(() => {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    webPreferences: { preload: join(__dirname, 'bare-page.cjs') },
  });
  void window.loadURL(`data:text/html,${encodeURIComponent(PAGE)}`);
  if (ledger === 'none') return;
  watch(ledger, (_event, name) => {
    if (name !== null && /^[0-9]+\.json$/.test(name)) window.webContents.send('name', name);
  });
});
app.on('window-all-closed', () => {
  app.quit();
});
