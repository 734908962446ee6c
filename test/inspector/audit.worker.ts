import type { AuditEntry } from '../../core/model';
import { AuditLog } from '../../inspector/audit-log';

// Appends 50 entries to an audit log, one longer than the other. The command line: folder, an entry, name.

const [folder = '', entry = '', name = ''] = process.argv.slice(2);
const log = new AuditLog(folder);
const base = JSON.parse(entry) as AuditEntry;
for (let i = 0; i < 50; i += 1) {
  await log.append({ ...base, message: `${name}${i.toString()}`, reason: 'x'.repeat(i * 400) });
}
