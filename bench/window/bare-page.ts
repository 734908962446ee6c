import { ipcRenderer } from 'electron';

ipcRenderer.on('name', (_event, name: string) => {
  const [cell] = document.getElementsByClassName('cell-holder');
  if (cell !== undefined) cell.textContent = `outside-${Number.parseInt(name, 10).toString()}`;
});
