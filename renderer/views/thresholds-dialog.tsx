import { type ReactNode, useId, useState } from 'react';
import type { SourceRow } from '../../core/model';
import { shown } from '../text';
import { lengthTyped, type TypedLength, typedLength } from '../thresholds';
import { useApp, useAppState } from './app-context';
import { Modal } from './modal';

type Bands = NonNullable<SourceRow['bands']>;

/** When leases of one source are called expiring, and long over. Only what is said of them changes. */
export function ThresholdsDialog(): ReactNode {
  const source = useAppState(({ overlay, adjusting, picture }) =>
    overlay === 'thresholds' ? picture.sources.find(({ id }) => id === adjusting) : undefined,
  );
  if (source?.bands === undefined) return null;
  return <OpenThresholds key={source.id} source={source} bands={source.bands} />;
}

function OpenThresholds({ source, bands }: { readonly source: SourceRow; readonly bands: Bands }): ReactNode {
  const app = useApp();
  const lost = useAppState((state) => state.connection.kind === 'lost');
  const [near, setNear] = useState(() => typedLength(bands.nearExpiryMs));
  const [long, setLong] = useState(() => typedLength(bands.longOverMs));
  const nearExpiryMs = lengthTyped(near);
  const longOverMs = lengthTyped(long);
  const stateId = useId();
  const close = (): void => {
    app.setOverlay('none');
  };
  const save = (wanted: { nearExpiryMs: number; longOverMs: number } | null): void => {
    app.sources.setBands(source.id, wanted);
    close();
  };
  const wrong = nearExpiryMs === null || longOverMs === null;
  return (
    <Modal title={`Thresholds of ${shown(source.title, 80)}`} className="small-modal" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (nearExpiryMs !== null && longOverMs !== null && !lost) save({ nearExpiryMs, longOverMs });
        }}
      >
        <div className="modal-body">
          <p className="consequence">
            From when on a lease is called expiring, and one that is over long over. Only what Lockscope says of leases
            changes: nothing is written into the source.
          </p>
          <LengthField
            name="Expiring"
            after="before its end"
            value={near}
            onChange={setNear}
            describedBy={stateId}
            focus
          />
          <LengthField name="Long over" after="after its end" value={long} onChange={setLong} describedBy={stateId} />
          <p id={stateId} className="field-state" role="status">
            {wrong ? (
              <span className="tone-error">Whole minutes and seconds, a week at most.</span>
            ) : bands.own ? (
              'So far as its own tools have it.'
            ) : (
              'So far as set here.'
            )}
          </p>
        </div>
        <footer className="modal-foot">
          <button
            type="button"
            className="button"
            disabled={bands.own || lost}
            onClick={() => {
              save(null);
            }}
          >
            As its own tools have it
          </button>
          <span className="modal-note" />
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={wrong || lost}>
            Save
          </button>
        </footer>
      </form>
    </Modal>
  );
}

function LengthField(props: {
  readonly name: string;
  readonly after: string;
  readonly value: TypedLength;
  readonly onChange: (value: TypedLength) => void;
  readonly describedBy: string;
  readonly focus?: boolean;
}): ReactNode {
  const { name, value, onChange } = props;
  const part = (unit: keyof TypedLength, word: string): ReactNode => (
    <>
      <input
        className="input length-input numbers"
        inputMode="numeric"
        autoComplete="off"
        maxLength={6}
        aria-label={`${name}: ${unit}`}
        aria-invalid={lengthTyped({ minutes: '', seconds: '', [unit]: value[unit] }) === null}
        aria-describedby={props.describedBy}
        data-autofocus={props.focus === true && unit === 'minutes' ? true : undefined}
        value={value[unit]}
        onFocus={(event) => {
          event.target.select();
        }}
        onChange={(event) => {
          onChange({ ...value, [unit]: event.target.value });
        }}
      />
      <span className="muted">{word}</span>
    </>
  );
  return (
    <div className="length-field" role="group" aria-label={`${name}, ${props.after}`}>
      <span className="length-name">{name}</span>
      {part('minutes', 'm')}
      {part('seconds', 's')}
      <span className="muted">{props.after}</span>
    </div>
  );
}
