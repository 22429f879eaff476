-- One row per series of 12 months and month of the 12 after the last complete one. The method is the published back-test's.

select * from forecast_of('sale_fact', 'sale_method', 'published_sales_forecast')
