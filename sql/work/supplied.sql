-- One row per core table on which a column may depend for being known at all.
--
-- A table without a visible row is taken as not supplied: what it would count is unknown, not zero.

select 'interaction' as table_name, count(*) > 0 as is_supplied from core.interaction
union all
select 'service_case' as table_name, count(*) > 0 as is_supplied from core.service_case
