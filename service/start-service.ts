import { realpath } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Hello } from '../contract';
import { createHost } from '../core/host/create-host';
import type { OpenOutcome } from '../core/model';
import { createInspector, type Inspector } from '../inspector';
import type { RemoteProtocols } from '../inspector/threads';
import { createService, type HostedService } from './create-service';
import { dataFolder } from './data-folder';
import { openKeptBands } from './kept-bands';
import { log } from './log';
import { openSettings, type SettingsStore } from './settings';
import { startSourceThreads } from './source-threads';
import { chooseStartPaths, type StartPaths } from './start-paths';
import { VERSION } from './version';
import { openWorkspace, type Workspace } from './workspace';

/** The next path of a start is opened when the one before is, or after this long, in ms. */
const NEXT_WAITS_MS = 500;

export interface StartOptions {
  /** Which host asks; it is named in the audit log, with its version. */
  readonly program: Hello['host'];
  readonly readOnly: boolean;
  /** Absolute. Empty: the last workspace, else the demo. */
  readonly paths: readonly string[];
  /** False reads the sources once and watches nothing. */
  readonly watch: boolean;
  /** The system's folder dialog, where there is one; null when the operator gave up. */
  readonly pickFolder?: () => Promise<string | null>;
}

export interface RunningService {
  readonly service: HostedService;
  readonly inspector: Inspector;
  readonly settings: SettingsStore;
  /** Absolute. */
  readonly dataFolder: string;
  /** What there is at each of these paths (absolute), in their order. Never rejects; ends in bounded time. */
  readonly presence: RemoteProtocols['presence'];
  /** Resolves when the first paths were opened (not yet read). Never rejects: what went wrong is a notice. */
  readonly opened: Promise<StartPaths['from']>;
  /** Waits for a running commit, then leaves no process, watch or temporary file. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Builds inspector and service the same way for every host, and begins to open what the start asks for.
 * Resolves before that is done, so that a window can show at once.
 */
export async function startService(options: StartOptions): Promise<RunningService> {
  const folder = dataFolder();
  const [settings, workspace, keptBands] = await Promise.all([
    openSettings(folder),
    openWorkspace(folder),
    openKeptBands(folder),
  ]);
  const host = createHost();
  const threads = startSourceThreads(folder);
  const inspector = createInspector({
    host,
    protocols: threads.protocols,
    discover: threads.discover,
    program: `${options.program} ${VERSION}`,
    readOnly: options.readOnly,
    dataFolder: folder,
    watch: options.watch,
    bandsOf: (sourceId) => keptBands.of(sourceId),
  });
  const service = createService({
    inspector,
    settings,
    workspace,
    keptBands,
    host: options.program,
    version: VERSION,
    readOnly: options.readOnly,
    nowMs: () => host.clock.nowMs(),
    ...(options.pickFolder === undefined ? {} : { pickFolder: options.pickFolder }),
  });
  const first = openFirst(options.paths, service, workspace, threads.presence);
  let stopping: Promise<void> | undefined;
  return {
    service,
    inspector,
    settings,
    dataFolder: folder,
    presence: threads.presence,
    opened: first.opened,
    stop: () => (stopping ??= stop(service, inspector, first, threads)),
  };
}

interface FirstOpening {
  readonly opened: Promise<StartPaths['from']>;
  /** Ends the demo, if there is one. */
  end(): Promise<void>;
}

function openFirst(
  given: readonly string[],
  service: HostedService,
  workspace: Workspace,
  presence: RemoteProtocols['presence'],
): FirstOpening {
  let endDemo: (() => Promise<void>) | undefined;

  async function openAll(): Promise<StartPaths['from']> {
    const start = await chooseStartPaths(given, workspace.last, presence);
    for (const path of start.missing) workspace.keep(path);
    if (start.missing.length > 0) service.tell({ tone: 'info', message: missingMessage(start.missing) });
    if (start.from === 'demo') await openDemo();
    else await openInTurn(start.paths, service);
    return start.from;
  }

  async function openDemo(): Promise<void> {
    const { startDemo } = await import('../demo');
    const demo = await startDemo();
    endDemo = () => demo.stop();
    workspace.leaveOut(demo.path);
    workspace.leaveOut(await realpath(demo.path));
    tellIfNothing(await service.open(demo.path), service);
    const project = await demo.project;
    if (project === null) return;
    workspace.leaveOut(project);
    workspace.leaveOut(await realpath(project));
    tellIfNothing(await service.open(project), service);
  }

  const from: StartPaths['from'] =
    given.length > 0 ? 'arguments' : workspace.last.length > 0 ? 'last workspace' : 'demo';
  const opened = openAll().catch((error: unknown) => {
    log(`opening ${from === 'demo' ? 'the demo' : 'the first folders'} broke`, error);
    service.tell({
      tone: 'error',
      message: 'What this start should show could not be opened. Open a folder to go on.',
    });
    return from;
  });
  return {
    opened,
    async end() {
      await opened;
      await endDemo?.();
    },
  };
}

/** In their order; but one whose disk does not answer does not keep the next ones waiting. */
async function openInTurn(paths: readonly string[], service: HostedService): Promise<void> {
  const opening: Promise<void>[] = [];
  for (const path of paths) {
    const opened = service.open(path).then((outcome) => {
      tellIfNothing(outcome, service);
    });
    opening.push(opened);
    const patience = new AbortController();
    const late = pause(NEXT_WAITS_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    // What went wrong is heard below.
    await Promise.race([opened.catch(() => undefined), late]);
    patience.abort();
  }
  await Promise.all(opening);
}

/** For the operator, when a path that nobody asked for in the window shows nothing. */
export function tellIfNothing(outcome: OpenOutcome, service: Pick<HostedService, 'tell'>): void {
  if (outcome.kind === 'nothing-found') service.tell({ tone: 'info', message: outcome.message });
}

function missingMessage(missing: readonly string[]): string {
  const [first = '', ...rest] = missing;
  const more = rest.length === 0 ? '' : ` and ${rest.length.toString()} more`;
  return `Not there any more, or not now: ${first}${more}. Lockscope looks again at the next start.`;
}

async function stop(
  service: HostedService,
  inspector: Inspector,
  first: FirstOpening,
  threads: RemoteProtocols,
): Promise<void> {
  await service.dispose();
  // Each of the two ends even when the other could not.
  const ends = await Promise.allSettled([inspector.dispose(), first.end()]);
  for (const end of ends) if (end.status === 'rejected') log('something could not be ended', end.reason);
  await threads.end();
}
