import { FolderPlus } from 'lucide-react';
import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { useApp, useAppState } from './app-context';

/** The frame of the window; folders dropped anywhere on it are opened. */
export function DropTarget({ children }: { readonly children: ReactNode }): ReactNode {
  const app = useApp();
  const [over, setOver] = useState(false);
  /** Enter and leave come for every child; the window is left when they are even. */
  const depth = useRef(0);
  const idle = useAppState((state) => state.tab !== 'claims');
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');
  return (
    <div
      className={idle ? 'window window-wide' : 'window'}
      onDragEnter={(event) => {
        if (!hasFiles(event)) return;
        depth.current += 1;
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!hasFiles(event)) return;
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setOver(false);
      }}
      onDragOver={(event) => {
        if (hasFiles(event)) event.preventDefault();
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        app.dropped([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="drop" aria-hidden>
          <FolderPlus size={28} strokeWidth={1.5} />
          <span>Drop a folder to open it</span>
        </div>
      )}
    </div>
  );
}
