-- Registers of readings judged by the same rules as the sheet, set by set; export for billing.
set local role okno_owner;

reset role;
