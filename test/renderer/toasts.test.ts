import { describe, expect, it } from 'vitest';
import { createApp } from '../../renderer/store/app';
import { shownToasts } from '../../renderer/store/toasts';
import { HandClock, settle } from './hand-clock';
import { ScriptedHost } from './scripted-host';

const start = async () => {
  const host = new ScriptedHost([]);
  const clock = new HandClock();
  const app = createApp(host, clock);
  await settle();
  const titles = () => shownToasts(app.store.getState().toasts).map(({ title }) => title);
  return { host, clock, app, titles };
};

describe('notices', () => {
  it('that are loud are pushed out by none that are not', async () => {
    const { app, clock, titles } = await start();
    app.toasts.add({ tone: 'error', title: 'The loudest', text: null });
    for (let n = 0; n < 9; n += 1) app.toasts.add({ tone: 'done', title: n.toString(), text: null });
    expect(titles()).toEqual(['The loudest', '7', '8']);
    await clock.pass(10_000);
    expect(titles()).toEqual(['The loudest']);
    app.dispose();
  });

  it('that are loud wait for their place, errors before warnings', async () => {
    const { app, titles } = await start();
    for (let n = 0; n < 7; n += 1)
      app.toasts.add({ tone: n === 0 ? 'error' : 'warning', title: n.toString(), text: null });
    expect(titles()).toEqual(['0', '5', '6']);
    app.toasts.dismiss(7);
    expect(titles()).toEqual(['0', '4', '5']);
    app.toasts.dismissAll();
    expect(titles()).toEqual([]);
    app.dispose();
  });

  it('of the host keep all that they say, under a short title', async () => {
    const { host, app } = await start();
    const message = `parity cannot be read any more. ${'It is long. '.repeat(60)}`;
    host.notice({ tone: 'error', message });
    expect(app.store.getState().toasts).toMatchObject([{ tone: 'error', title: 'Look at this', text: message }]);
    app.dispose();
  });
});
