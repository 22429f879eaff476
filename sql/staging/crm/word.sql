-- One row per word of the CRM that core spells otherwise.
--
-- The shop's spelling is core's. A word that is not listed here stays as it came.

select
    topic,
    word,
    value
from (
    values
        ('region', '华东', 'East China'),
        ('region', '华北', 'North China'),
        ('region', '华南', 'South China'),
        ('region', '华中', 'Central China'),
        ('region', '西南', 'Southwest China'),
        ('region', '西北', 'Northwest China'),
        ('region', '东北', 'Northeast China'),
        ('region', '海外', 'Overseas'),
        ('channel', '门店', 'store'),
        ('channel', '经销商', 'dealer'),
        ('channel', '电话', 'call_center'),
        ('category', '咖啡', 'Coffee'),
        ('category', '咖啡机', 'Coffee machines'),
        ('category', '茶', 'Tea'),
        ('category', '厨房电器', 'Kitchen'),
        ('category', '清洁电器', 'Cleaning'),
        ('category', '空气电器', 'Air'),
        ('category', '个人护理', 'Personal care'),
        ('category', '影音', 'Audio and video'),
        ('category', '配件', 'Accessories'),
        ('source', '门店', 'store'),
        ('source', '转介绍', 'referral'),
        ('source', '展会', 'trade_fair'),
        ('source', '搜索广告', 'search_ads'),
        ('source', '社交广告', 'social_ads'),
        ('source', '自然流量', 'organic'),
        ('source', '电话营销', 'telemarketing'),
        ('industry', '餐饮', 'Catering'),
        ('industry', '酒店', 'Hotels'),
        ('industry', '零售', 'Retail'),
        ('industry', '科技', 'Technology'),
        ('industry', '制造', 'Manufacturing'),
        ('industry', '教育', 'Education')
) as words (topic, word, value)
