import { ipcRenderer } from 'electron';
import { CLOCK, PAINTED } from './messages';

// Runs beside the page, in a world of its own: tells when the first row was painted, and when the holder of the free
// node changed in what is painted. A page under measurement marks a holder by the class `cell-holder`.

/** Two frames after a change it is on the screen: the first one draws it, the second begins when that is done. */
function tellWhenPainted(holder: string | null): void {
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      ipcRenderer.send(PAINTED, holder, performance.now());
    });
  });
}

let hasRows = false;
let shown = '';

function look(): void {
  const cells = document.getElementsByClassName('cell-holder');
  if (!hasRows && cells.length > 0) {
    hasRows = true;
    tellWhenPainted(null);
  }
  let holder = '';
  for (const { textContent } of cells) if (textContent.startsWith('outside-')) holder = textContent;
  if (holder === shown) return;
  shown = holder;
  tellWhenPainted(holder);
}

new MutationObserver(look).observe(document, { childList: true, characterData: true, subtree: true });
ipcRenderer.on(CLOCK, () => {
  ipcRenderer.send(CLOCK, performance.now());
});
