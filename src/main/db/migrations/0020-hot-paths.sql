-- What every call pays for: who asks, the audit row, the warm cache. Measured by npm run bench.
set local role okno_owner;

reset role;
