-- One row per RFM segment.

select
    priority,
    segment,
    r_min,
    r_max,
    f_min,
    f_max,
    m_min,
    m_max
from staging.rfm_segment_rule
