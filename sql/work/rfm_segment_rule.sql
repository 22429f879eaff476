-- One row per rule that names an RFM segment.
--
-- The defaults hold only where the company supplies no rule of its own. Open (NULL) bounds match
-- anything; the lowest priority that matches wins.

with

supplied as (
    select priority, segment, r_min, r_max, f_min, f_max, m_min, m_max from core.rfm_segment_rule
),

defaults as (
    select
        cast(column1 as integer) as priority,
        column2 as segment,
        cast(column3 as integer) as r_min,
        cast(column4 as integer) as r_max,
        cast(column5 as integer) as f_min,
        cast(column6 as integer) as f_max,
        cast(column7 as integer) as m_min,
        cast(column8 as integer) as m_max
    from (
        values
        (1, 'Champions', 4, null, 4, null, 4, null),
        (2, 'Loyal', 3, null, 4, null, null, null),
        (3, 'Potential loyalist', 4, null, 2, 3, null, null),
        (4, 'New', 5, 5, 1, 1, null, null),
        (5, 'Promising', 4, 4, 1, 1, null, null),
        (6, 'Cannot lose', null, 2, 4, null, 4, null),
        (7, 'At risk', null, 2, 3, null, null, null),
        (8, 'Need attention', 3, 3, 3, 3, null, null),
        (9, 'About to sleep', 3, 3, null, 2, null, null),
        (10, 'Hibernating', 2, 2, null, null, null, null),
        (11, 'Lost', 1, 1, null, null, null, null)
    )
)

select priority, segment, r_min, r_max, f_min, f_max, m_min, m_max from supplied
union all
select priority, segment, r_min, r_max, f_min, f_max, m_min, m_max from defaults
where not exists (select 1 from supplied)
