import { isAbsolute } from 'node:path';
import {
  type Channel,
  type Hello,
  isChannel,
  type Replies,
  type Reply,
  type Request,
  requestSchemas,
} from '../contract';
import type { ActionResult, OpenOutcome } from '../core/model';
import type { Inspector } from '../inspector';
import type { KeptBands } from './kept-bands';
import { log } from './log';
import { createPushes, type Notice } from './pushes';
import type { Service } from './service';
import type { SettingsStore } from './settings';
import { createSnapshots } from './snapshots';
import type { Workspace } from './workspace';

export interface ServiceOptions {
  readonly inspector: Inspector;
  readonly settings: SettingsStore;
  readonly workspace: Workspace;
  readonly keptBands: KeptBands;
  readonly host: Hello['host'];
  readonly version: string;
  readonly readOnly: boolean;
  /** Unix ms. */
  readonly nowMs: () => number;
  /** Asks the system for a folder; null when the operator gave up. Absent where there is no such dialog. */
  readonly pickFolder?: () => Promise<string | null>;
}

/** A service, and what its own host may ask of it besides. */
export interface HostedService extends Service {
  /** Tells the operator something once; kept until a renderer is there to show it. */
  tell(notice: Notice): void;
  /** Opens an absolute path and remembers it for the next start, as the renderer's `open` does. */
  open(path: string): Promise<OpenOutcome>;
}

const READ_ONLY: ActionResult = {
  kind: 'refused',
  reasons: ['Lockscope was started with --read-only. Start it without to change anything.'],
};

type Refusal = Extract<Reply<Channel>, { ok: false }>;
type Handlers = {
  readonly [C in Channel]: (params: Request<C>, session: object) => Promise<Replies[C] | Refused>;
};

/** A handler's way to say no, distinct from every value that a reply may carry. */
class Refused {
  constructor(readonly refusal: Refusal) {}
}

/** Answers the contract with `inspector`, which stays the caller's to dispose. */
export function createService(options: ServiceOptions): HostedService {
  const { inspector, settings, workspace, keptBands } = options;
  const pushes = createPushes();
  const snapshots = createSnapshots(options.nowMs);
  let closing = false;
  const subscriptions = [
    inspector.onChanges((changes) => {
      pushes.send('changes', changes);
    }),
    inspector.onNotice((notice) => {
      pushes.tell(notice);
    }),
    settings.onChange((changed) => {
      pushes.send('settings', changed);
    }),
  ];

  async function open(path: string): Promise<OpenOutcome> {
    const outcome = await inspector.open(path);
    await workspace.remember(inspector.openedPaths());
    return outcome;
  }

  const handlers: Handlers = {
    hello: async () => {
      // The audit log may be unreadable; that is no reason to show no window.
      const auditCount = await inspector.auditCount().catch((error: unknown) => {
        log('the audit log cannot be counted', error);
        return 0;
      });
      pushes.greet();
      return {
        host: options.host,
        version: options.version,
        readOnly: options.readOnly,
        canPickFolder: options.pickFolder !== undefined,
        nowMs: options.nowMs(),
        settings: settings.current(),
        auditCount,
      };
    },
    snapshot: (_, session) => Promise.resolve(snapshots.begin(session, inspector.snapshot())),
    moreOfSnapshot: ({ token }, session) => Promise.resolve(snapshots.more(session, token)),
    detail: ({ key }) => inspector.detail(key),
    plan: (request) => inspector.plan(request),
    planMend: (request) => inspector.planMend(request),
    commit: (request) => {
      if (options.readOnly) return Promise.resolve(READ_ONLY);
      return inspector.commit(request);
    },
    open: ({ path }) => {
      if (!isAbsolute(path) || path.includes('\0')) {
        return Promise.resolve(
          new Refused(refuse('bad-request', 'Give the full path of the folder, from the root on.')),
        );
      }
      return open(path);
    },
    pickFolder: async () => {
      if (options.pickFolder === undefined) {
        return new Refused(
          refuse('not-allowed', 'There is no folder dialog here. Type the path of the folder instead.'),
        );
      }
      const path = await options.pickFolder();
      return path === null ? { kind: 'cancelled' } : open(path);
    },
    setBands: async ({ sourceId, bands }) => {
      inspector.setBands(sourceId, bands);
      await keptBands.set(sourceId, bands);
      return null;
    },
    close: async ({ sourceId }) => {
      inspector.close(sourceId);
      await workspace.remember(inspector.openedPaths());
      return null;
    },
    cancelReading: ({ sourceId }) => {
      inspector.cancelReading(sourceId);
      return Promise.resolve(null);
    },
    reread: async ({ sourceId }) => {
      await inspector.reread(sourceId);
      return null;
    },
    verify: ({ sourceId }) => inspector.verify(sourceId),
    audit: ({ limit }) => inspector.audit(limit),
    undoables: () => inspector.undoables(),
    undo: (request) => {
      if (options.readOnly) return Promise.resolve(READ_ONLY);
      return inspector.undo(request);
    },
    saveSettings: (changed) => settings.save(changed),
  };

  async function dispatch<C extends Channel>(channel: C, params: unknown, session: object): Promise<Reply<C>> {
    const parsed = requestSchemas[channel].safeParse(params);
    if (!parsed.success) return refuse('bad-request', 'This request was not understood, so nothing was done.');
    // The compiler does not tie a schema of the map to the handler of the same key; the mapped types do.
    const value = await handlers[channel](parsed.data as Request<C>, session);
    return value instanceof Refused ? value.refusal : { ok: true, value };
  }

  return {
    async answer(channel, params, session = pushes) {
      if (closing) return refuse('not-allowed', 'Lockscope is closing.');
      if (!isChannel(channel)) return refuse('bad-request', 'This request is not known here, so nothing was done.');
      try {
        return await dispatch(channel, params, session);
      } catch (error) {
        log(`the request "${channel}" broke`, error);
        return refuse(
          'broken',
          'Lockscope could not do this because of a fault of its own. Its error output says more.',
        );
      }
    },
    onPush: (listener) => pushes.onPush(listener),
    tell: (notice) => pushes.tell(notice),
    open,
    dispose() {
      closing = true;
      for (const unsubscribe of subscriptions) unsubscribe();
      pushes.dispose();
      return Promise.resolve();
    },
  };
}

function refuse(code: Refusal['code'], message: string): Refusal {
  return { ok: false, code, message };
}
