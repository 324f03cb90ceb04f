-- Readings in full: rules as data, statuses, replacement of a meter, windows, verification, control readings, exceptions; partitions by month.
set local role okno_owner;

reset role;
