import { Hourglass, OctagonAlert, TriangleAlert, Unplug } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { assertNever, type SourceRow } from '../../core/model';
import { formatCount, ticking } from '../format';
import { shown } from '../text';
import { useApp, useAppState, useNow } from './app-context';
import { CancelReading } from './cancel-reading';
import { DOUBLE_HOLDER, FindingList } from './finding-list';
import { Progress } from './progress';
import { adviceOf, progressWords, reasonWords, sourceName } from './source-words';

/** Banners beyond this many are one line that leads to the findings. */
const AT_MOST = 2;
/** Beyond so many sources that are read at once, how far each is says less than how many they are. */
const READINGS_AT_MOST = 4;

/** What is wrong with what is shown: the connection, and the sources in view. Never instead of the claims. */
export function Banners(): ReactNode {
  const app = useApp();
  const only = useAppState((state) => state.choice.sourceId);
  const sources = useAppState((state) => state.picture.sources);
  const inView = sources.filter((source) => only === null || source.id === only);
  const troubled = inView.filter(isTroubled);
  const reading = inView.filter((source) => source.status.kind === 'reading');
  return (
    <>
      <ConnectionBanner />
      {troubled.slice(0, AT_MOST).map((source) => (
        <SourceBanner key={source.id} source={source} />
      ))}
      {troubled.length > AT_MOST && (
        <div className="banner banner-warning">
          <TriangleAlert size={14} aria-hidden className="banner-sign" />
          <div className="banner-body">
            <p>{formatCount(troubled.length - AT_MOST)} more sources have trouble.</p>
          </div>
          <button
            type="button"
            className="link"
            onClick={() => {
              app.show('doctor');
            }}
          >
            Open Doctor
          </button>
        </div>
      )}
      <WaitingBanner sources={inView} />
      {reading.slice(0, READINGS_AT_MOST).map((source) => (
        <ReadingLine key={source.id} source={source} />
      ))}
      {reading.length > READINGS_AT_MOST && (
        <p className="reading numbers" role="status">
          and {formatCount(reading.length - READINGS_AT_MOST)} more sources are waiting to be read
        </p>
      )}
    </>
  );
}

/** The source that has been waited for the longest, and how many others are waited for. */
function WaitingBanner({ sources }: { readonly sources: readonly SourceRow[] }): ReactNode {
  const now = useNow();
  const waiting = sources.filter((source) => source.waitingSinceMs !== undefined);
  const sinceMs = Math.min(...waiting.map((source) => source.waitingSinceMs ?? now));
  const longest = waiting.find((source) => source.waitingSinceMs === sinceMs);
  if (longest === undefined) return null;
  return (
    <div className="banner banner-warning" role="group" aria-label={`Waiting for ${shown(longest.title, 120)}`}>
      <Hourglass size={14} aria-hidden className="banner-sign" />
      <div className="banner-body">
        <p className="banner-title numbers">
          <bdi dir="ltr">{shown(longest.title, 80)}</bdi>: its disk has not answered for {ticking(now - sinceMs)}
        </p>
        <p>
          {longest.readAtMs === null
            ? 'Nothing is known of it yet. '
            : `What is shown was read ${ticking(now - longest.readAtMs)} ago. `}
          It is shown as soon as the answer comes; other sources do not wait for it.
          {waiting.length > 1 && ` ${formatCount(waiting.length - 1)} more are waited for.`}
        </p>
      </div>
    </div>
  );
}

function isTroubled(source: SourceRow): boolean {
  return (
    ['unreadable', 'undecided', 'out-of-reach', 'not-read'].includes(source.status.kind) || source.worst === 'error'
  );
}

function ConnectionBanner(): ReactNode {
  const connection = useAppState((state) => state.connection);
  const trouble = useAppState((state) => state.trouble);
  const loaded = useAppState((state) => state.loaded);
  if (connection.kind === 'lost') {
    return (
      <div className="banner banner-error" role="alert">
        <Unplug size={14} aria-hidden className="banner-sign" />
        <div className="banner-body">
          <p className="banner-title">No connection to Lockscope</p>
          <p>
            {loaded ? (
              <LostSince sinceMs={connection.sinceMs} />
            ) : (
              'Is it still running, and was this page opened with the address that it printed? It connects again by itself.'
            )}
          </p>
        </div>
      </div>
    );
  }
  if (trouble === null) return null;
  return (
    <div className="banner banner-error" role="alert">
      <OctagonAlert size={14} aria-hidden className="banner-sign" />
      <div className="banner-body">
        <p className="banner-title">Lockscope could not answer</p>
        <p>{shown(trouble)}</p>
      </div>
    </div>
  );
}

function LostSince({ sinceMs }: { readonly sinceMs: number }): ReactNode {
  const now = useNow();
  const ahead = useAppState((state) => state.clockAheadMs);
  return (
    <>
      What is shown is <span className="numbers">{ticking(now - ahead - sinceMs)}</span> old, and may have changed. It
      connects again by itself.
    </>
  );
}

function SourceBanner({ source }: { readonly source: SourceRow }): ReactNode {
  const [open, setOpen] = useState(false);
  const app = useApp();
  const words = bannerWords(source);
  const advice = adviceOf(source);
  const name = useAppState(({ picture }) => sourceName(source, picture.sources));
  const Sign = words.tone === 'error' ? OctagonAlert : TriangleAlert;
  return (
    <div className={`banner banner-${words.tone}`} role="group" aria-label={`Trouble in ${name}`}>
      <Sign size={14} aria-hidden className="banner-sign" />
      <div className="banner-body">
        <p className="banner-title">
          <bdi dir="ltr">{name}</bdi>: {words.what}
        </p>
        {words.why !== null && (
          <p className="wrap banner-why" title={shown(words.why, 600)}>
            {shown(reasonWords(words.why), 600)}
          </p>
        )}
        {advice !== null && <p>{advice}</p>}
        {source.status.kind === 'out-of-reach' && <OutOfReachSince sinceMs={source.status.since.ms} />}
      </div>
      <div className="banner-actions">
        {source.findings.some(({ mend }) => mend !== undefined) && (
          <button
            type="button"
            className="link"
            onClick={() => {
              app.show('doctor');
            }}
          >
            What mends it
          </button>
        )}
        {source.findings.length > 0 && (
          <button
            type="button"
            className="link"
            aria-expanded={open}
            onClick={() => {
              setOpen(!open);
            }}
          >
            {open ? 'Hide' : 'Show'}{' '}
            {source.findings.length === 1 ? '1 finding' : `${formatCount(source.findings.length)} findings`}
          </button>
        )}
        <button
          type="button"
          className="link"
          onClick={() => {
            app.sources.reread(source.id);
          }}
        >
          {source.status.kind === 'not-read' ? 'Read it' : 'Read again'}
        </button>
      </div>
      {open && <FindingList findings={source.findings} />}
    </div>
  );
}

function OutOfReachSince({ sinceMs }: { readonly sinceMs: number }): ReactNode {
  const now = useNow();
  return <p className="numbers">Its claims are shown as they were {ticking(now - sinceMs)} ago.</p>;
}

interface BannerWords {
  readonly tone: 'error' | 'warning';
  readonly what: string;
  readonly why: string | null;
}

function bannerWords(source: SourceRow): BannerWords {
  const { status } = source;
  switch (status.kind) {
    case 'unreadable': {
      const from = status.at === null ? '' : ` from #${status.at.toString()}`;
      return { tone: 'error', what: `its own tools cannot read it${from}`, why: status.reason };
    }
    case 'undecided':
      return {
        tone: 'warning',
        what: 'nothing will be written here',
        why: `It is not known whether its own tools can read it. ${status.reason}`,
      };
    case 'out-of-reach':
      return { tone: 'warning', what: 'out of reach', why: status.reason };
    case 'not-read':
      return {
        tone: 'warning',
        what: 'not read',
        why: 'Its reading was cancelled, so none of its claims are shown.',
      };
    case 'reading':
    case 'readable': {
      const errors = source.findings.filter(({ severity }) => severity === 'error');
      const twice = errors.find(({ code }) => code === DOUBLE_HOLDER);
      return {
        tone: 'error',
        what: twice === undefined ? 'something is wrong in it' : 'two holders at once',
        why: (twice ?? errors[0])?.message ?? null,
      };
    }
    default:
      return assertNever(status);
  }
}

function ReadingLine({ source }: { readonly source: SourceRow }): ReactNode {
  if (source.status.kind !== 'reading') return null;
  const { done, total } = source.status;
  const name = shown(source.title, 80);
  return (
    <div className="reading">
      <p className="numbers clip" role="status">
        Reading <bdi dir="ltr">{name}</bdi>: {progressWords(source.status, source.protocol)}
      </p>
      <Progress done={done} total={total} />
      <CancelReading source={source} />
    </div>
  );
}
