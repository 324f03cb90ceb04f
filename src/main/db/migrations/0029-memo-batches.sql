-- Memos for a list of new contracts.
set local role okno_owner;

reset role;
